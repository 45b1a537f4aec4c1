import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/graphiql/",
  plugins: [react()],
  build: {
    outDir: "../internal/web/dist",
    emptyOutDir: true,
    // Monaco is one big chunk by nature; the warning would never go away.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      // React's compiler leaves "use no memo" at the top of GraphiQL's modules: of no use here, and a page of warnings.
      onwarn: (warning, show) => warning.code === "MODULE_LEVEL_DIRECTIVE" || show(warning),
    },
  },
  // For `npm run dev`: the page comes from Vite, the answers from a server started beside it.
  server: { proxy: { "/graphql": "http://localhost:8080" } },
});
