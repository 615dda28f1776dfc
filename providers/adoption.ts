/** A place that may have been there before us. */
export interface Adoptable {
  /** Its key in `raxx:adopt`. */
  name: string;
  /** What identifies it at the vendor: the value in `raxx:adopt`. */
  importId: string;
  /** Whether `raxx:adopt` names it: it is taken over. */
  adopted: boolean;
}

/** As one word of a shell's command line. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Where `raxx:adopt` says that a place is taken over, as an argument of `pulumi config set --path`. */
export function adoptPath(name: string): string {
  return quoted(`raxx:adopt["${name.replaceAll('"', '\\"')}"]`);
}

/** The command that writes the line by which a place is taken over. */
export function adoptCommand(
  { name, importId }: Pick<Adoptable, "name" | "importId">,
  stack: string,
): string {
  return `pulumi config set --path ${adoptPath(name)} ${quoted(importId)} --stack ${stack}`;
}

/** The command that takes the line away again. */
export function leaveCommand({ name }: Pick<Adoptable, "name">, stack: string): string {
  return `pulumi config rm --path ${adoptPath(name)} --stack ${stack}`;
}
