"""The result workbook: one module a sheet, and what they stand on.

`cells` turns a value into a cell's XML, `stream` deflates the rows of the long sheets as they come, `engine` wraps the
library that writes the designed sheets and everything around the rows, `archive` puts both into one file. No number passes through binary on its way into a streamed cell, and no text can become a formula there:
the streamed sheets have no formula element at all.
"""
