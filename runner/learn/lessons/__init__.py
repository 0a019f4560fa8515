"""The lessons as data, one file each: their questions, and what an outcome means. Their texts are
in runner/learn/en.toml and zh.toml."""
