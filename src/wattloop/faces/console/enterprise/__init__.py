"""The enterprise: its folder of rules, its units, its users and what they may do."""
