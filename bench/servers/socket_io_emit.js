// Socket.IO on Node: emit to all, as text, over WebSocket only; what a client emits as "post" goes to all.
const { createServer } = require("node:http");
const { Server } = require("socket.io");
const { serveOrders } = require("./orders.js");

const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, pingInterval: 600000 });
io.on("connection", (socket) => socket.on("post", (text) => io.emit("m", text)));
http.listen(Number(process.argv[2]), "127.0.0.1", () =>
  serveOrders((payload, frames) => {
    const text = payload.toString();
    for (let i = 0; i < frames; i++) io.emit("m", text);
  }),
);
