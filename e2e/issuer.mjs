// An OpenID Connect issuer for tests: authorization code with PKCE, refresh tokens, and tokens that it signs. Whoever asks is
// let in.
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer } from "node:http";
import { freePort } from "./processes.mjs";

const key = "key-1";
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const encoded = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A signed token. */
function jwt(claims) {
  const text = `${encoded({ typ: "JWT", alg: "RS256", kid: key })}.${encoded(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
}

/** What the next tokens are, unless a test says otherwise. */
const usual = {
  /** The access token itself, where it is for somebody who does not verify it; else one is signed. */
  accessToken: undefined,
  claims: {},
  /** How long a token is good for, in seconds. */
  lifetime: 3600,
  /** How long the page is told that it is. */
  says: undefined,
  /** Whether there is a refresh token. */
  refresh: false,
};

/**
 * Starts an issuer. `grants` say what the next tokens are, one after the other, and the last for good; `seen` tells what was asked of it, `given`
 * which tokens it gave. `endsSessions` says whether it has an end_session_endpoint, and `ended` what that was asked.
 */
export async function startIssuer(first = {}) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const codes = new Map();
  const refreshes = new Map();
  const state = { issuer, seen: [], given: [], grants: [{}], endsSessions: false, ended: [] };

  /** The answer of the token endpoint for somebody that it knows. */
  function tokens(who) {
    const { accessToken, claims, lifetime, says, refresh } = { ...usual, ...first, ...(state.grants.length > 1 ? state.grants.shift() : state.grants[0]) };
    const now = Math.floor(Date.now() / 1000);
    const person = { iss: issuer, sub: "meera", iat: now, exp: now + lifetime };
    const access = accessToken ?? jwt({ ...person, nbf: now, azp: who.client, ...first.claims, ...claims });
    state.given.push(access);
    const refreshToken = refresh ? randomUUID() : undefined;
    if (refreshToken) refreshes.set(refreshToken, who);
    const idToken = jwt({ ...person, aud: who.client, name: "Meera Krishnan", nonce: who.nonce ?? undefined });
    return { access_token: access, token_type: "Bearer", expires_in: says ?? lifetime, scope: "openid profile offline_access", id_token: idToken, refresh_token: refreshToken };
  }

  /** Who has earned tokens by this form, if anybody. */
  function earned(form) {
    if (form.get("grant_type") === "refresh_token") {
      const who = refreshes.get(form.get("refresh_token"));
      refreshes.delete(form.get("refresh_token"));
      return who;
    }
    const who = codes.get(form.get("code"));
    codes.delete(form.get("code"));
    const proof = createHash("sha256").update(form.get("code_verifier") ?? "").digest("base64url");
    return proof === who?.challenge ? who : undefined;
  }

  const server = createServer(async (req, res) => {
    const url = new URL(req.url, issuer);
    res.setHeader("Access-Control-Allow-Origin", req.headers.origin ?? "*");
    const json = (status, body) => res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    state.seen.push(`${req.method} ${url.pathname}`);
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return json(200, {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          end_session_endpoint: state.endsSessions ? `${issuer}/logout` : undefined,
        });
      case "/keys":
        return json(200, { keys: [{ ...publicKey.export({ format: "jwk" }), kid: key, alg: "RS256", use: "sig" }] });
      case "/authorize": {
        const q = url.searchParams;
        if (q.get("code_challenge_method") !== "S256" || q.get("response_type") !== "code") return json(400, { error: "PKCE is wanted" });
        const code = randomUUID();
        codes.set(code, { challenge: q.get("code_challenge"), client: q.get("client_id"), nonce: q.get("nonce") });
        const back = new URL(q.get("redirect_uri"));
        back.search = new URLSearchParams({ code, state: q.get("state") });
        return res.writeHead(302, { Location: back.href }).end();
      }
      case "/logout": {
        const q = Object.fromEntries(url.searchParams);
        state.ended.push(q);
        return res.writeHead(302, { Location: q.post_logout_redirect_uri }).end();
      }
      case "/token": {
        let body = "";
        for await (const chunk of req) body += chunk;
        const who = earned(new URLSearchParams(body));
        return who ? json(200, tokens(who)) : json(400, { error: "invalid_grant" });
      }
      case "/identity": // where a server in Azure gets a token of its own
        return json(200, { access_token: first.own, token_type: "Bearer", resource: url.searchParams.get("resource"), expires_on: String(Math.floor(Date.now() / 1000) + 3600) });
      default:
        return json(404, {});
    }
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return Object.assign(state, {
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
}
