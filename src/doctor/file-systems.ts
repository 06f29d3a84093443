/** Lists file systems unsuitable for SQLite, by their Linux type number (statfs(2)). */

/** File locks are missing or local there, which corrupts SQLite files. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9P"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x65735546, "FUSE"],
]);

export type FileSystemProblem = { readonly kind: "network" | "memory" | "container"; readonly name: string };

export function fileSystemProblem(type: number): FileSystemProblem | undefined {
  const name = networkFileSystems.get(type);
  if (name !== undefined) return { kind: "network", name };
  if (type === 0x01021994 || type === 0x858458f6) return { kind: "memory", name: "tmpfs" };
  return type === 0x794c7630 ? { kind: "container", name: "overlayfs" } : undefined;
}
