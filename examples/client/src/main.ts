// The page: one table of devices, a page at a time.
import { ask, describe } from "./client";
import { deviceRow, showAges } from "./device";
import { devicesPage } from "./documents";
import { byId } from "./dom";

const notice = byId("notice");
const rows = byId("devices");
const more = byId<HTMLButtonElement>("more");
let after: string | null = null;

async function loadPage() {
  more.disabled = true;
  more.textContent = "Reading …";
  const { data, errors } = await ask(devicesPage, { after });
  // Errors stand beside whatever could be read; the cursor stays where it is when there was nothing.
  notice.textContent = errors.map(describe).join("\n");
  more.disabled = false;
  more.hidden = false;
  if (!data?.devices) {
    more.textContent = "Try again";
    return;
  }
  rows.append(...data.devices.nodes.map(deviceRow));
  showAges();
  after = data.devices.pageInfo.endCursor;
  more.textContent = "More";
  more.hidden = !data.devices.pageInfo.hasNextPage;
}

more.onclick = loadPage;
setInterval(showAges, 1000);
void loadPage();
