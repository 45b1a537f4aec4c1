import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../internal/web/dist",
    emptyOutDir: true,
    // Monaco is one big chunk by nature; the warning would never go away.
    chunkSizeWarningLimit: 5000,
    // Two pages, the console and GraphiQL: neither loads what only the other needs.
    rolldownOptions: {
      input: ["index.html", "graphiql.html"],
      // React's compiler leaves "use no memo" at the top of GraphiQL's modules: of no use here, and a page of warnings.
      onwarn: (warning, show) => warning.code === "MODULE_LEVEL_DIRECTIVE" || show(warning),
    },
  },
  // For `npm run dev`: the pages come from Vite, the answers from a server started beside it.
  server: { proxy: { "/graphql": { target: "http://localhost:8080", ws: true } } },
});
