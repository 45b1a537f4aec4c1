// A Microsoft Graph on which one device is broken: it stands between the server and a sandbox, and answers for that device.
import { createServer, request } from "node:http";
import { freePort } from "./processes.mjs";

const broken = { error: { code: "Forbidden", message: "This device has no licence." } };

/** Starts it before a sandbox. `deviceId` is the broken one. */
export async function startWithOneBad(upstream, deviceId) {
  const bad = (path) => path.includes(deviceId) && !/devices\/[^/]+$/.test(path);
  const answer = async (req, res) => {
    const body = await read(req);
    if (bad(req.url)) {
      res.writeHead(403, { "Content-Type": "application/json" }).end(JSON.stringify(broken));
      return;
    }
    const asked = req.url.endsWith("$batch") ? JSON.parse(body).requests : [];
    const hit = new Set(asked.filter(({ url }) => bad(url)).map(({ id }) => id));
    const { status, headers, text } = await forward(upstream, req, body);
    let told = text;
    if (hit.size > 0) {
      const batch = JSON.parse(text);
      batch.responses = batch.responses.map((one) => (hit.has(one.id) ? { id: one.id, status: 403, headers: { "Content-Type": "application/json" }, body: broken } : one));
      told = JSON.stringify(batch);
    }
    delete headers["content-length"];
    delete headers["transfer-encoding"];
    delete headers["content-encoding"];
    res.writeHead(status, headers).end(told);
  };
  // Whoever hangs up, upstream or the server, is seen as that by the other one.
  const server = createServer((req, res) => answer(req, res).catch(() => res.destroy()));
  const port = await freePort();
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    graph: `http://127.0.0.1:${port}/beta`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function forward(upstream, req, body) {
  return new Promise((resolve, reject) => {
    // With the host that was asked for: next links lead back here.
    const headers = { ...req.headers, "accept-encoding": "identity" };
    const out = request(new URL(req.url, upstream), { method: req.method, headers }, (res) => {
      read(res).then((text) => resolve({ status: res.statusCode, headers: { ...res.headers }, text }), reject);
    });
    out.once("error", reject);
    out.end(body);
  });
}
