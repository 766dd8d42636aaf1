"""Proposes candidate terms from what confirmed accounts wrote. Approves nothing."""
