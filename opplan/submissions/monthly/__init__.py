"""The month's workbook: what a commissioner holds of QIPP and activity, sheet by sheet, from what the rooms answer."""
