import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { useMemo, useRef, useState } from "react";
import { examples } from "./examples";
import { FillIds } from "./FillIds";
import { linked } from "./link";
import { storage } from "./storage";
import { type Transport, withSubscriptions } from "./subscriptions";
import { TransportSwitch } from "./TransportSwitch";

const link = linked();
const tabs = link ? [{ query: link.initialQuery, variables: link.initialVariables }, ...examples] : examples;

/** The page to explore with. */
export function App() {
  const [transport, setTransport] = useState<Transport>("WebSocket");
  const latest = useRef(transport);
  latest.current = transport;

  // Without incremental delivery the fetcher asks for application/graphql-response+json, which is what the server prefers.
  const fetcher = useMemo(
    () =>
      withSubscriptions(createGraphiQLFetcher({ url: "/graphql", enableIncrementalDelivery: false }), () => latest.current),
    [],
  );
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={tabs}
      {...link}
      defaultEditorToolsVisibility
      shouldPersistHeaders={false}
      storage={storage}
    >
      <GraphiQL.Logo>teamwork-graphql</GraphiQL.Logo>
      <GraphiQL.Toolbar>
        {({ prettify, merge, copy }) => (
          <>
            {prettify}
            {merge}
            {copy}
            <TransportSwitch transport={transport} onChange={setTransport} />
          </>
        )}
      </GraphiQL.Toolbar>
      <FillIds fetcher={fetcher} />
    </GraphiQL>
  );
}
