import { createRoot } from "react-dom/client";
import { readSettings } from "./api/settings";
import { openSession } from "./signin/session";
import { SignedIn } from "./signin/SignedIn";
import "./style/tokens.css";
import "./style/page.css";
import "./style/controls.css";
import "./style/fleet.css";
import "./style/device.css";
import "./style/operate.css";

const settings = readSettings();
const session = await openSession(settings.signIn);

createRoot(document.getElementById("root") as HTMLElement).render(<SignedIn settings={settings} session={session} />);
