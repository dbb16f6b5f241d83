"""A filled template written as a workbook: Cover, Checklist, its own sheets, its checks, and the hidden record by which it comes back."""
