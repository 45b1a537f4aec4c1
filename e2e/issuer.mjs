// An OpenID Connect issuer for tests: authorization code with PKCE, and refresh tokens. Whoever asks is let in.
import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { freePort } from "./processes.mjs";

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Starts an issuer that hands out one access token. `seen` tells what was asked of it. */
export async function startIssuer(accessToken) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const codes = new Map();
  const seen = [];
  const server = createServer(async (req, res) => {
    const url = new URL(req.url, issuer);
    res.setHeader("Access-Control-Allow-Origin", req.headers.origin ?? "*");
    const json = (status, body) => res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    seen.push(`${req.method} ${url.pathname}`);
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return json(200, { issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys` });
      case "/authorize": {
        const q = url.searchParams;
        if (q.get("code_challenge_method") !== "S256" || q.get("response_type") !== "code") return json(400, { error: "PKCE is wanted" });
        const code = randomUUID();
        codes.set(code, { challenge: q.get("code_challenge"), client: q.get("client_id"), nonce: q.get("nonce") });
        const back = new URL(q.get("redirect_uri"));
        back.search = new URLSearchParams({ code, state: q.get("state") });
        return res.writeHead(302, { Location: back.href }).end();
      }
      case "/token": {
        let body = "";
        for await (const chunk of req) body += chunk;
        const q = new URLSearchParams(body);
        const given = codes.get(q.get("code"));
        codes.delete(q.get("code"));
        const proof = createHash("sha256").update(q.get("code_verifier") ?? "").digest("base64url");
        if (!given || proof !== given.challenge) return json(400, { error: "invalid_grant" });
        const now = Math.floor(Date.now() / 1000);
        const claims = { iss: issuer, aud: given.client, sub: "meera", name: "Meera Krishnan", iat: now, exp: now + 3600, nonce: given.nonce ?? undefined };
        return json(200, { access_token: accessToken, token_type: "Bearer", expires_in: 3600, scope: "openid", id_token: `${encoded({ alg: "none" })}.${encoded(claims)}.` });
      }
      default:
        return json(404, {});
    }
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    issuer,
    seen,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
