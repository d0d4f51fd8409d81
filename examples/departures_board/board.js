// A departures board: one line for each flight that is cancelled or retimed at an airport.
//
//   npm ci
//   NATS_URL=nats://127.0.0.1:4222 node board.js JFK
//
// It needs no library of irops: subjects and JSON messages are described in contracts/README.md.

import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

const airport = process.argv[2];
if (!/^[A-Z]{3}$/.test(airport ?? "")) {
  console.error("board: name an airport by its IATA code: node board.js JFK");
  process.exit(2);
}

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "board" });

// A durable consumer: the board takes up where it stopped, and several boards of one airport share the work.
const durable = `board-${airport}`;
const manager = await jetstreamManager(nc);
await manager.consumers.add("FLIGHTS", {
  durable_name: durable,
  ack_policy: AckPolicy.Explicit,
  // flight.changed.<carrier>.<number>.<origin>.<date>.<n>
  filter_subject: `flight.changed.*.*.${airport}.*.*`,
});
const consumer = await jetstream(nc).consumers.get("FLIGHTS", durable);
const messages = await consumer.consume();

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => messages.close());
}

for await (const message of messages) {
  const line = shown(message.json());
  if (line) console.log(line);
  message.ack();
}
await nc.drain();

function shown({ change, flight, state }) {
  const [carrier, number] = flight.split(".");
  const name = `${carrier} ${number} to ${state.destination}`;
  if (change === "cancelled") return `${name}: cancelled`;
  if (change === "retimed") return `${name}: leaves at ${state.departs}`;
  return "";
}
