"""What all runs of an account were charged in a period, for its books: summed, and written as a workbook."""
