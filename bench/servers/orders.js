// The interface of an adapter, for those on Node.
const readline = require("node:readline");

exports.serveOrders = (sendAll) => {
  console.log("ready");
  readline.createInterface({ input: process.stdin }).on("line", async (line) => {
    const [rounds, frames, payloadBytes, gapUs] = line.split(" ").map(Number);
    const payload = Buffer.alloc(payloadBytes, "a");
    let due = performance.now();
    for (let round = 0; round < rounds; round++) {
      sendAll(payload, frames);
      due += gapUs / 1000;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
    console.log("done");
  });
};
