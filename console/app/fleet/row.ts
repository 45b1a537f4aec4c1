import type { Problem } from "../api/problem";
import type { FleetDetailsQuery, ListedFragment } from "../gql/graphql";
import type { Operation } from "../live/log";
import { typeName } from "../words/device";
import { freshnessOf, installedOf, type Installed } from "../words/software";
import type { SoftwareFreshness } from "../gql/graphql";

/** What the second pass tells of a device. */
export type Details = Extract<FleetDetailsQuery["nodes"][number], { __typename?: "Device" }>;

/** One device, as the fleet shows it. */
export interface Row {
  id: string;
  deviceId: string;
  listed: ListedFragment;
  /** Undefined until asked for; null when the device has none. */
  software: { freshness: SoftwareFreshness; installed: Installed[]; stale: boolean } | null | undefined;
  /** Whether the second pass has told of the newest operation; without one there was none. */
  asked: boolean;
  /** What could not be read of this device. The others are none the worse. */
  problems: Problem[];
  /** What search looks at. */
  text: string;
  /** The name, ready to be compared. */
  order: string;
}

/**
 * A text whose plain comparison is the order that people expect: without case and accents, numbers by their size. Three
 * thousand rows are sorted at every page that comes; a collator would take as long as the page.
 */
export function sortable(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/\d+/g, (digits) => digits.padStart(10, "0"));
}

/** A row of the first pass; it keeps what the second pass told of it before. */
export function listedRow(listed: ListedFragment, before?: Row): Row {
  return {
    id: listed.id,
    deviceId: listed.deviceId,
    listed,
    software: before?.software,
    asked: before?.asked ?? false,
    problems: before?.problems ?? [],
    text: textOf(listed),
    order: sortable(nameOf(listed)),
  };
}

/** A row with what the second pass told; `problems` are those of this device. */
export function detailedRow(row: Row, details: Details | null, problems: Problem[]): Row {
  const updates = details?.health?.softwareUpdateHealth;
  const failed = problems.some((problem) => !problem.path || problem.path.length < 3 || problem.path[2] === "health");
  return {
    ...row,
    asked: true,
    problems,
    software: failed
      ? row.software
      : updates
        ? { freshness: freshnessOf(updates), installed: installedOf(updates), stale: details?.health?.meta.stale ?? false }
        : null,
  };
}

function textOf(listed: ListedFragment): string {
  const { companyAssetTag, notes, currentUser, hardwareDetail, deviceId, deviceType, deviceTypeRaw } = listed;
  const { manufacturer, model, serialNumber, macAddresses } = hardwareDetail;
  const parts = [companyAssetTag, notes, currentUser?.displayName, manufacturer, model, serialNumber, ...macAddresses];
  return [...parts, deviceId, typeName(deviceType, deviceTypeRaw)].join("\n").toLowerCase();
}

/** What a device is called: its tag, else its user, else its model. */
export function nameOf(listed: Pick<ListedFragment, "companyAssetTag" | "currentUser" | "hardwareDetail" | "deviceId">): string {
  return listed.companyAssetTag || listed.currentUser?.displayName || listed.hardwareDetail.model || listed.deviceId;
}

/** Manufacturer and model, as far as known. */
export function modelOf(listed: ListedFragment): string {
  const { manufacturer, model } = listed.hardwareDetail;
  // "Microsoft Surface Hub" needs no second Neat: some models begin with their maker.
  return model?.startsWith(manufacturer ?? "\n") ? model : [manufacturer, model].filter(Boolean).join(" ");
}

/** The newest operation of each row's device, by the device's upstream id. */
export type Newest = (deviceId: string) => Operation | undefined;
