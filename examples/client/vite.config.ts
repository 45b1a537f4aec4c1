import { defineConfig } from "vite";

// One port for both, so that one ALLOWED_ORIGINS serves both.
export default defineConfig({
  server: { port: 5173, strictPort: true },
  preview: { port: 5173, strictPort: true },
});
