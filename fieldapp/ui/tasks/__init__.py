"""Task slips: asking one person about another, for a time, and answering."""
