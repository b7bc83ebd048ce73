"""The plots of the pages: a module for each page, a function for each plot."""
