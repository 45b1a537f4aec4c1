import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { createRoot } from "react-dom/client";
import { examples } from "./examples";
import { FillIds } from "./FillIds";
import "./main.css";
import { storage } from "./storage";
import "./workers";

// Without incremental delivery the fetcher asks for application/graphql-response+json, which is what the server prefers.
const fetcher = createGraphiQLFetcher({ url: "/graphql", enableIncrementalDelivery: false });

createRoot(document.getElementById("root")!).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={examples}
    defaultEditorToolsVisibility
    shouldPersistHeaders={false}
    storage={storage}
  >
    <GraphiQL.Logo>teamwork-graphql</GraphiQL.Logo>
    <FillIds fetcher={fetcher} />
  </GraphiQL>,
);
