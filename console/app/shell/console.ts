import type { Client } from "@urql/core";
import { createContext, useContext, useSyncExternalStore } from "react";
import { createClient, createForgetfulClient } from "../api/client";
import type { Settings } from "../api/settings";
import { Fleet, type FleetState } from "../fleet/fleet";
import { Feed } from "../live/feed";
import { OperationLog, operationsIn, type Operation } from "../live/log";
import { createSocket, type Socket } from "../live/socket";
import { Jobs, type Job } from "../operate/jobs";
import { movingIn } from "../operate/progress";
import type { Session } from "../signin/session";
import { Barometer, type Weather } from "./upstream";

/** The parts of the page that live longer than a view. */
export interface Console {
  settings: Settings;
  client: Client;
  socket: Socket;
  log: OperationLog;
  feed: Feed;
  fleet: Fleet;
  jobs: Jobs;
  barometer: Barometer;
  /** Who is signed in, where the server wants to know. */
  session: Session | undefined;
}

/** Makes the parts, and joins them. */
export function createConsole(settings: Settings, session: Session | undefined): Console {
  const token = () => session?.token();
  const somebody = () => !session || token() !== undefined;
  const log = new OperationLog();
  const refused = (why: string) => session?.refused(why);
  const socket = createSocket(token, refused);
  const troubled = () => barometer.worry();
  const parts = { socket: socket.client, token, refused, troubled, tell: (data: unknown) => operationsIn(data, (op) => log.tell(op)) };
  const client = createClient(parts);
  const feed = new Feed(client, somebody);
  const fleet = new Fleet(client, createForgetfulClient(parts));
  const jobs = new Jobs(client, settings.updateVersions ?? false, troubled);
  const barometer = new Barometer(client, somebody);

  // A job is followed to its end wherever the reader goes meanwhile.
  const latest = (op: Operation) => log.get(op.id) ?? op;
  const follow = () => feed.want("jobs", movingIn(jobs.all(), latest));
  jobs.subscribe(follow);
  log.subscribe((op) => {
    if (!op.isFinal) return;
    follow();
    // An update changes what the device runs.
    const row = op.operationType === "SOFTWARE_UPDATE" && fleet.state().rows.find(({ deviceId }) => deviceId === op.deviceId);
    if (row) fleet.again([row.id]);
  });
  session?.subscribe(() => {
    void barometer.look();
    if (!session.token()) return;
    // The server closes a socket when the token ends that it was opened with.
    socket.renew();
    feed.again();
    if (fleet.state().problem?.code === "UNAUTHENTICATED") void fleet.load();
  });
  return { settings, client, socket, log, feed, fleet, jobs, barometer, session };
}

export const ConsoleContext = createContext<Console | null>(null);

/** The page's long-lived parts. */
export function useConsole(): Console {
  const parts = useContext(ConsoleContext);
  if (!parts) throw new Error("outside of the console");
  return parts;
}

/** The fleet, as it fills and changes. */
export function useFleet(): FleetState {
  const { fleet } = useConsole();
  return useSyncExternalStore(fleet.subscribe, fleet.state);
}

/** An operation in its newest known state. */
export function useOperation(op: Operation): Operation {
  const { log } = useConsole();
  return useSyncExternalStore(log.subscribe, () => log.get(op.id) ?? op);
}

/** A device's newest operation, as it moves. */
export function useNewest(deviceId: string): Operation | undefined {
  const { log } = useConsole();
  return useSyncExternalStore(log.subscribe, () => log.newestOf(deviceId));
}

/** The jobs that were started on this page. */
export function useJobs(): readonly Job[] {
  const { jobs } = useConsole();
  return useSyncExternalStore(jobs.subscribe, jobs.all);
}

/** What is known of upstream; undefined before the first look. */
export function useWeather(): Weather | undefined {
  const { barometer } = useConsole();
  return useSyncExternalStore(barometer.subscribe, barometer.weather);
}
