"""Words: coded terms and log-in details in what people write, and the lexicon behind them."""
