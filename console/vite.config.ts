import react from "@vitejs/plugin-react";
import { defineConfig, type HtmlTagDescriptor, type Plugin } from "vite";

/** Has the console's page run app/first.ts as soon as it is there, before all that is larger. */
function firstOfAll(): Plugin {
  return {
    name: "first-of-all",
    transformIndexHtml(_, { bundle, path }): HtmlTagDescriptor[] {
      const first = Object.values(bundle ?? {}).find((file) => file.type === "chunk" && file.name === "first");
      if (!first || path !== "/index.html") return [];
      return [{ tag: "script", attrs: { type: "module", async: true, crossorigin: true, src: `/${first.fileName}` }, injectTo: "head" }];
    },
  };
}

// Few files, since a browser asks a server for six at a time: what runs first, what both pages need, and the console.
const chunks = [
  { name: "first", test: /console\/app\/(first|api\/(body|settings|trusted))\.ts/, priority: 3 },
  { name: "react", test: /node_modules\/(react|react-dom|scheduler|graphql-ws)\/|preload-helper/, priority: 2 },
  { name: "console", test: /console\/app\/(?!device\/DurationsChart)/, priority: 1 },
];

export default defineConfig({
  plugins: [react(), firstOfAll()],
  build: {
    outDir: "../internal/web/dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // Monaco is one big chunk by nature; the warning would never go away.
    chunkSizeWarningLimit: 5000,
    // Two pages, the console and GraphiQL: neither loads what only the other needs.
    rolldownOptions: {
      input: ["index.html", "graphiql.html"],
      output: { codeSplitting: { groups: chunks } },
      // React's compiler leaves "use no memo" at the top of GraphiQL's modules: of no use here, and a page of warnings.
      onwarn: (warning, show) => warning.code === "MODULE_LEVEL_DIRECTIVE" || show(warning),
    },
  },
  // For `npm run dev`: the pages come from Vite, the answers from a server started beside it.
  server: { proxy: { "/graphql": { target: "http://localhost:8080", ws: true } } },
});
