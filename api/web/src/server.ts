// How an edit travels, and how the server's answers are understood.
import type { Current, Fault, Reply, Request } from "./queue.ts";

const patience = 20_000; // milliseconds until no answer counts as none

/** Sends an edit and tells what became of it. Never fails: no network is an answer too. */
export async function send({ url, person, edit, base, leaving }: Request): Promise<Reply> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "PUT",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, application/problem+json",
        "Idempotency-Key": edit.id,
        "Helhet-Person": person,
        ...(base ? { "If-Match": `"${base}"` } : { "If-None-Match": "*" }),
      },
      body: edit.body,
      credentials: "same-origin",
      redirect: "manual", // a redirect leads to the sign-in page, never to a saved answer
      cache: "no-store",
      keepalive: leaving,
      ...(leaving ? {} : { signal: AbortSignal.timeout(patience) }),
    });
  } catch {
    return { kind: "away" };
  }
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    body = undefined;
  }
  return understand(response.type === "opaqueredirect" ? 401 : response.status, response.headers.get("Retry-After"), body);
}

/** Turns a status and a body into what they mean for the queue. */
export function understand(status: number, retryAfter: string | null, body: unknown): Reply {
  const json = isObject(body) ? body : {};
  if (status >= 200 && status < 300) {
    // A proxy or a hotel's network may answer 200 with a page of its own: without a tag nothing was saved.
    if (typeof json["tag"] !== "string") return { kind: "away" };
    return {
      kind: "saved",
      tag: json["tag"],
      savedAt: typeof json["savedAt"] === "string" ? json["savedAt"] : "",
      ...(isObject(json["progress"]) ? { progress: progress(json["progress"]) } : {}),
      ...(json["reload"] === true ? { reload: true } : {}),
      ...(typeof json["target"] === "string" ? { target: json["target"] } : {}),
    };
  }
  if (status === 401 || status === 403) return { kind: "signin" };
  if (status === 412 && isObject(json["current"])) {
    return { kind: "stale", current: { ...json["current"], tag: String(json["current"]["tag"] ?? "") } as Current };
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500 || status < 400) {
    const after = Number(retryAfter);
    return retryAfter && after > 0 ? { kind: "away", after } : { kind: "away" };
  }
  return { kind: "invalid", faults: faults(json) };
}

function faults(problem: Record<string, unknown>): Fault[] {
  const found: Fault[] = [];
  if (Array.isArray(problem["errors"])) {
    for (const error of problem["errors"] as unknown[]) {
      if (isObject(error) && typeof error["message"] === "string") {
        found.push({ field: String(error["location"] ?? "").split(".").at(-1) ?? "", message: error["message"] });
      }
    }
  }
  if (found.length === 0) found.push({ field: "", message: String(problem["detail"] ?? problem["title"] ?? "") });
  return found;
}

function progress(given: Record<string, unknown>): Record<string, { answered: number; of: number }> {
  const all: Record<string, { answered: number; of: number }> = {};
  for (const [key, value] of Object.entries(given)) {
    if (isObject(value)) all[key] = { answered: Number(value["answered"]), of: Number(value["of"]) };
  }
  return all;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
