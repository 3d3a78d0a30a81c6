"""What the district knows, as of any moment: figures that open to their rows, the board, situation reports.

A figure is declared once, by the room that counts it, and is then on the board, in the report, in JSON and on its
own page. An issued report is frozen with its hash and the latest seal of the log.
"""
