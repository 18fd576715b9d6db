"""How the bundled model is made: `python -m embeddings.train --data FOLDER`. Needs the extra `train`.

`recipe` holds the whole way: `reading`, `vocabulary` (with `normalizer`), `initial`, `pairs`, `training` (with
`objective`), `saving`, `evaluation`.
"""
