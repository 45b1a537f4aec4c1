// Asks the server all that the GraphQL-over-HTTP draft says a server must, should and may do. Only a MAY may be missing.
import { auditServer } from "graphql-http";

const url = process.env.GRAPHQL_URL ?? "http://localhost:8080/graphql";
// A GET needs what no page can send without asking first.
const fetchFn = (input, init = {}) => fetch(input, { ...init, headers: { ...init.headers, "GraphQL-Preflight": "1" } });
const results = await auditServer({ url, fetchFn });

const counts = {};
for (const { name, status, reason } of results) {
  const kind = `${name.split(" ")[0]} ${status}`;
  counts[kind] = (counts[kind] ?? 0) + 1;
  if (status !== "ok") console.log(`${status}: ${name}: ${reason}`);
}
console.log(`${url}: ${results.length} audits`, counts);

const missed = results.filter(({ name, status }) => status !== "ok" && !name.startsWith("MAY"));
process.exitCode = missed.length > 0 ? 1 : 0;
