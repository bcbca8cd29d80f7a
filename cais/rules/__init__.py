"""The rules language: files with positions, expressions, mappings, operations, and the rule set made of them.

Read in this order: `files`, `reader`, `validate` and the `*_file` models (what is written); `expression`, `cast`,
`leaf`, `mapping` (how a document is mapped); `operation`, `platform` (how a platform is spoken to); `library`,
`ruleset` (how all of it is checked and compiled); `problem` and `codes` (how mistakes are told).
"""
