import type { SoftwareFreshness, SoftwareType, UpdatesFragment } from "../gql/graphql";

/** The kinds of software a device may run, and where health tells of each. */
export const softwareKinds: { type: Exclude<SoftwareType, "UNKNOWN_FUTURE_VALUE">; name: string; part: Exclude<keyof UpdatesFragment, "__typename"> }[] = [
  { type: "TEAMS_CLIENT", name: "Teams client", part: "teamsClientSoftwareUpdateStatus" },
  { type: "FIRMWARE", name: "Firmware", part: "firmwareSoftwareUpdateStatus" },
  { type: "OPERATING_SYSTEM", name: "Operating system", part: "operatingSystemSoftwareUpdateStatus" },
  { type: "ADMIN_AGENT", name: "Admin agent", part: "adminAgentSoftwareUpdateStatus" },
  { type: "PARTNER_AGENT", name: "Partner agent", part: "partnerAgentSoftwareUpdateStatus" },
  { type: "COMPANY_PORTAL", name: "Company Portal", part: "companyPortalSoftwareUpdateStatus" },
];

/** One kind of software of one device. */
export interface Installed {
  type: Exclude<SoftwareType, "UNKNOWN_FUTURE_VALUE">;
  name: string;
  current: string | null;
  available: string | null;
  freshness: SoftwareFreshness;
}

/** What a device runs, those that wait for an update first. */
export function installedOf(updates: UpdatesFragment | null | undefined): Installed[] {
  const list = softwareKinds.flatMap(({ type, name, part }) => {
    const one = updates?.[part];
    if (!one) return [];
    return { type, name, current: one.currentVersion, available: one.availableVersion, freshness: one.softwareFreshness ?? "UNKNOWN" };
  });
  return list.sort((a, b) => Number(b.freshness === "UPDATE_AVAILABLE") - Number(a.freshness === "UPDATE_AVAILABLE"));
}

/** A device is as fresh as its oldest software. */
export function freshnessOf(updates: UpdatesFragment | null | undefined): SoftwareFreshness {
  const all = installedOf(updates);
  if (all.some((one) => one.freshness === "UPDATE_AVAILABLE")) return "UPDATE_AVAILABLE";
  return all.some((one) => one.freshness === "LATEST") ? "LATEST" : "UNKNOWN";
}
