"""The classes behind ``faces``: for each role a blocking face, an awaited one, and the lift of a plain class."""
