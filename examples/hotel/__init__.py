"""Hotel vouchers for stranded passengers: an agent with a contract and a stream of its own."""
