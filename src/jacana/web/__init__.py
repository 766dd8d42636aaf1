"""The HTTP face: `api` for the network's machines, `console` for people. Routes call stages and hold no rule."""
