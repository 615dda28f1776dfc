import { readdirSync, readFileSync } from "node:fs";

/** A process as the kernel shows it. */
export interface ProcessView {
  pid: number;
  parent: number;
  commandLine: string;
  /** Its environment variables as it was started with them; empty where it is not ours to see. */
  environment: string;
}

/** Every living process; zombies are dead. Linux only. */
export function processes(): ProcessView[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z") return [];
      const commandLine = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      return [{ pid: Number(name), parent: Number(parent), commandLine, environment: environmentOf(name) }];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

/** A process's children, their children, and so on. */
export function descendants(pid: number, among = processes()): ProcessView[] {
  const children = among.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child, ...descendants(child.pid, among)]);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
