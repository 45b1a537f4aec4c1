import type { DeviceActivityState, DeviceHealthStatus, DeviceType, SoftwareFreshness } from "../gql/graphql";
import { activityWords, freshnessWords, healthWords, typeName } from "../words/device";
import type { Word } from "../words/tone";
import type { Column, Facet, Work } from "./view";

export const columnWords: Record<Column, string> = {
  device: "Device",
  type: "Type",
  model: "Model",
  user: "User",
  health: "Health",
  activity: "Activity",
  software: "Software",
  operation: "Last operation",
  serial: "Serial number",
  mac: "MAC address",
  notes: "Notes",
  id: "Device id",
  age: "Read",
};

export const facetWords: Record<Facet, string> = {
  health: "Health",
  type: "Type",
  activity: "Activity",
  software: "Software",
  work: "Last operation",
};

export const workWords: Record<Work, Word> = {
  moving: { text: "Under way", tone: "info" },
  failed: { text: "Failed", tone: "bad" },
  done: { text: "Done", tone: "good" },
  none: { text: "None", tone: "idle" },
};

/** A facet's word for people. A word from somebody's address that we don't know is shown as it is. */
export function facetWord(facet: Facet, word: string): Word {
  switch (facet) {
    case "type":
      return { text: typeName(word as DeviceType, "Other"), tone: "idle" };
    case "health":
      return healthWords[word as DeviceHealthStatus] ?? unknown(word);
    case "activity":
      return { text: activityWords[word as DeviceActivityState] ?? word, tone: "idle" };
    case "software":
      return freshnessWords[word as SoftwareFreshness] ?? unknown(word);
    case "work":
      return workWords[word as Work] ?? unknown(word);
  }
}

function unknown(word: string): Word {
  return { text: word, tone: "idle" };
}
