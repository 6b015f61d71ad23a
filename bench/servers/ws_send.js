// `ws` on Node: send for one after the other, each socket corked while it gets several frames.
const { WebSocketServer } = require("ws");
const { serveOrders } = require("./orders.js");

const server = new WebSocketServer({ port: Number(process.argv[2]), host: "127.0.0.1", perMessageDeflate: false });
server.on("listening", () =>
  serveOrders((payload, frames) => {
    for (const socket of server.clients) {
      if (frames > 1) socket._socket.cork();
      for (let i = 0; i < frames; i++) socket.send(payload);
      if (frames > 1) socket._socket.uncork();
    }
  }),
);
