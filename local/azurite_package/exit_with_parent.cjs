// Loaded before Azurite (node --require): a parent that was killed closes the pipe on standard input, and Azurite
// then stops as it does on SIGTERM, saving its state.
process.stdin.on("end", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.exit(1), 5000).unref();
});
process.stdin.resume();
process.stdin.unref?.();
