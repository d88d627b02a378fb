"""The XML documents that travel as text inside SOAP strings: readers, and the writer of orders."""
