// Loaded before Azurite (node --require): a parent that was killed closes the pipe on standard input, and Azurite
// then stops as it does on SIGTERM, saving its state.
const { Server } = require("node:http");

process.stdin.on("end", () => {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.exit(1), 8000).unref();
});
process.stdin.resume();
process.stdin.unref?.();

// Clients keep connections open; one that is not idle at that moment would hold up the end, and the saving of state.
const close = Server.prototype.close;
Server.prototype.close = function (done) {
  setTimeout(() => this.closeAllConnections(), 500).unref();
  return close.call(this, done);
};
