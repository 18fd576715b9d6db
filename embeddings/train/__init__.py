"""How the bundled model is made: `python -m embeddings.train --data FOLDER`. Needs the extra `train`; see the steps in
`__main__`."""
