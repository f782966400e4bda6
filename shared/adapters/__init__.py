"""How each port talks to Cosmos, Storage, Batch, or memory."""
