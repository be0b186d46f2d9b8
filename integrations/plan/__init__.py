"""The mapping plan: the whole configuration of an integration as a workbook, and back again.

`exporting` writes the workbook, `workbook` reads one that a person sends, `comparing` says what it would change, and
`applying` changes it, through the services of the tabs.
"""
