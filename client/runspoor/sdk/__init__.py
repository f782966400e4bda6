"""The shapes of Azure ML SDK v1 over a Runspoor backend: one module per thing, standard library only at import.

Nothing here depends on modules called ``azureml``; ``runspoor.v1`` gives these classes those names.
"""
