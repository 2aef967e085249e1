"""Why a bill is what it is: sentences, formulas, readings and clauses, and a file that proves itself."""
