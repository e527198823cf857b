"""The whole story of one order, told through the pages: a chapter for each role."""
