"""The user's own workbook with each bad cell marked: coloured, commented, and listed on a sheet of problems.

Promise: what is not marked stays byte for byte as it was (formats, formulas, pictures, macros, other sheets); what was written is an order
workbook as it was before; and a workbook that is mended and marked again has no marks but the new ones.

An .xlsx or .xlsm is not opened and saved but changed in its package, in a child process under limits. `asking` starts it and writes
the file; `editing` is what it does, part by part.
"""
