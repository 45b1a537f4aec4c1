import { isoDuration } from "../time/duration";
import { spelled } from "../words/tone";
import type { Configuration } from "./device";

/** A part of a configuration, as a list to read. */
export interface Topic {
  name: string;
  entries: [name: string, value: string][];
}

type Value = string | number | boolean | null | undefined | { displayName: string | null } | { displayName: string | null }[];

/** A configuration by topic. What the device does not say is left out; a topic without a word, too. */
export function topicsOf(c: Configuration): Topic[] {
  const { systemConfiguration: system, displayConfiguration: display, cameraConfiguration: camera, teamsClientConfiguration: client } = c;
  const network = system?.networkConfiguration;
  const screen = display?.inBuiltDisplayScreenConfiguration;
  const time = system?.dateTimeConfiguration;
  const topics: [string, Record<string, Value>][] = [
    ["Versions", { ...pick(c.softwareVersions, {
      teamsClientSoftwareVersion: "Teams client",
      firmwareSoftwareVersion: "Firmware",
      operatingSystemSoftwareVersion: "Operating system",
      adminAgentSoftwareVersion: "Admin agent",
      partnerAgentSoftwareVersion: "Partner agent",
    }) }],
    ["Network", { ...pick(network, {
      hostName: "Host name",
      domainName: "Domain",
      ipAddress: "IP address",
      subnetMask: "Subnet mask",
      defaultGateway: "Gateway",
      primaryDns: "DNS",
      secondaryDns: "Second DNS",
      isDhcpEnabled: "DHCP",
      isPCPortEnabled: "PC port",
    }) }],
    ["Time and language", { ...pick(time, {
      timeZone: "Time zone",
      dateFormat: "Date format",
      timeFormat: "Time format",
      officeHoursStartTime: "Office hours from",
      officeHoursEndTime: "Office hours to",
    }), Language: system?.language }],
    ["System", { ...pick(system, {
      isDeviceLockEnabled: "Device lock",
      deviceLockTimeout: "Locks after",
      isPowerSavingEnabled: "Power saving",
      isScreenCaptureEnabled: "Screen capture",
      isSilentModeEnabled: "Silent mode",
      isLoggingEnabled: "Logging",
      loggingLevel: "Logging level",
    }) }],
    ["Displays", { ...pick(display, {
      displayCount: "Displays",
      isDualDisplayModeEnabled: "Dual display mode",
      isContentDuplicationAllowed: "Content duplication",
    }), Configured: display?.configuredDisplays.flatMap(({ peripheral }) => peripheral ?? []), ...pick(screen, {
      backlightBrightness: "Brightness",
      backlightTimeout: "Backlight off after",
      isHighContrastEnabled: "High contrast",
      isScreensaverEnabled: "Screensaver",
      screensaverTimeout: "Screensaver after",
    }) }],
    ["Cameras", { Cameras: camera?.cameras, "Content camera": camera?.defaultContentCamera, ...pick(camera?.contentCameraConfiguration, {
      isContentCameraInverted: "Content camera inverted",
      isContentCameraOptional: "Content camera optional",
      isContentEnhancementEnabled: "Content enhancement",
    }) }],
    ["Microphones", { Default: c.microphoneConfiguration?.defaultMicrophone, Microphones: c.microphoneConfiguration?.microphones, "Optional": c.microphoneConfiguration?.isMicrophoneOptional }],
    ["Speakers", { Default: c.speakerConfiguration?.defaultSpeaker, "For calls": c.speakerConfiguration?.defaultCommunicationSpeaker, Speakers: c.speakerConfiguration?.speakers, "Speaker optional": c.speakerConfiguration?.isSpeakerOptional, "Communication speaker optional": c.speakerConfiguration?.isCommunicationSpeakerOptional }],
    ["Hardware", { Processor: c.hardwareConfiguration?.processorModel, Compute: c.hardwareConfiguration?.compute, "HDMI ingest": c.hardwareConfiguration?.hdmiIngest }],
    ["Teams client", { "Supported client": worded(client?.accountConfiguration?.supportedClient), ...pick(client?.accountConfiguration?.onPremisesCalendarSyncConfiguration, {
      domain: "Calendar domain",
      domainUserName: "Calendar user",
      smtpAddress: "Calendar address",
    }), ...pick(client?.featuresConfiguration, {
      isAutoScreenShareEnabled: "Automatic screen share",
      isBluetoothBeaconingEnabled: "Bluetooth beaconing",
      isHideMeetingNamesEnabled: "Hides meeting names",
      isSendLogsAndFeedbackEnabled: "Sends logs and feedback",
      emailToSendLogsAndFeedback: "Feedback to",
    }) }],
  ];
  return topics.map(([name, values]) => ({ name, entries: entriesOf(values) })).filter(({ entries }) => entries.length > 0);
}

/** The members of an object under the names that people have for them. */
function pick<T extends object>(from: T | null | undefined, names: { [K in keyof T]?: string }): Record<string, Value> {
  const picked: Record<string, Value> = {};
  for (const key of Object.keys(names) as (keyof T)[]) picked[names[key] ?? ""] = from?.[key] as Value;
  return picked;
}

function entriesOf(values: Record<string, Value>): [string, string][] {
  return Object.entries(values).flatMap(([name, value]): [string, string][] => {
    const text = textOf(value);
    return text === "" ? [] : [[name, text]];
  });
}

function textOf(value: Value): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value)) return value.map(textOf).filter(Boolean).join(", ");
  if (typeof value === "object") return value.displayName ?? "";
  const text = String(value);
  if (/^\d\d:\d\d:\d\d(\.\d+)?$/.test(text)) return text.slice(0, 5);
  return /^PT?\d/.test(text) ? isoDuration(text) : text;
}

function worded(word: string | null | undefined): string | undefined {
  return word ? spelled(word).replace(/\b(teams|skype)\b/gi, (name) => name.charAt(0).toUpperCase() + name.slice(1)) : undefined;
}
