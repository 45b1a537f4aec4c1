import "graphiql/style.css";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./main.css";
import "./workers";

createRoot(document.getElementById("root")!).render(<App />);
