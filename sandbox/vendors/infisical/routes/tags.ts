import { randomUUID } from "node:crypto";

import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { identityOf } from "../authenticate";
import { badRequest, notFound } from "../errors";
import { assertTag, membershipOf } from "../permissions";
import { type InfisicalState, type Tag } from "../records";

/**
 * Lower case words joined by single hyphens, which is what survives the vendor's slugify unchanged. So no `:`, and
 * a tag such as `function:dns-edit` cannot be.
 */
const slug = z
  .string()
  .trim()
  .min(1, "Slug field must be at least 1 lowercase character")
  .max(64, "Slug field must be at most 64 lowercase characters")
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "Slug field can only contain lowercase letters, numbers, and hyphens");
const createBody = z.object({ slug, color: z.string().trim() });
const updateBody = z.object({ slug: slug.optional(), color: z.string().trim().optional() });

interface ProjectParams {
  Params: { projectId: string };
}
interface TagParams {
  Params: { projectId: string; tagId: string };
}
interface SlugParams {
  Params: { projectId: string; slug: string };
}

/** Tags of a project, under `/v1/projects` and the older `/v1/workspace`. */
export function registerTagRoutes(
  app: FastifyInstance,
  { store, now }: VendorContext<InfisicalState>,
  base: "/api/v1/projects" | "/api/v1/workspace",
): void {
  const { state } = store;
  const route = `${base}/:projectId/tags`;

  app.get<ProjectParams>(route, (request) => {
    const { projectId } = request.params;
    assertTag(membershipOf(state, request, projectId), "read");
    return { tags: state.tags.filter((tag) => tag.projectId === projectId).map(tagView) };
  });

  app.post<ProjectParams>(route, (request) => {
    request.keyNames = slugNames(request.body);
    const { projectId } = request.params;
    const body = createBody.parse(request.body);
    assertTag(membershipOf(state, request, projectId), "create");
    assertFree(state, projectId, body.slug);
    const time = now().toISOString();
    const createdBy = identityOf(request);
    const tag: Tag = { id: randomUUID(), projectId, ...body, createdBy, createdAt: time, updatedAt: time };
    state.tags.push(tag);
    store.save();
    return { tag: tagView(tag) };
  });

  app.get<SlugParams>(`${route}/slug/:slug`, (request) => {
    const { projectId } = request.params;
    const membership = membershipOf(state, request, projectId);
    const tag = state.tags.find(
      (entry) => entry.projectId === projectId && entry.slug === request.params.slug,
    );
    if (tag === undefined) throw notFound(`Tag with slug '${request.params.slug}' not found`);
    assertTag(membership, "read");
    return { tag: { ...tagView(tag), name: tag.slug } };
  });

  app.get<TagParams>(`${route}/:tagId`, (request) => {
    const tag = findTag(state, request.params);
    assertTag(membershipOf(state, request, tag.projectId), "read");
    return { tag: { ...tagView(tag), name: tag.slug } };
  });

  app.patch<TagParams>(`${route}/:tagId`, (request) => {
    request.keyNames = slugNames(request.body);
    const body = updateBody.parse(request.body);
    const tag = findTag(state, request.params);
    assertTag(membershipOf(state, request, tag.projectId), "edit");
    if (body.slug !== undefined && body.slug !== tag.slug) assertFree(state, tag.projectId, body.slug);
    tag.slug = body.slug ?? tag.slug;
    tag.color = body.color ?? tag.color;
    tag.updatedAt = now().toISOString();
    store.save();
    return { tag: tagView(tag) };
  });

  app.delete<TagParams>(`${route}/:tagId`, (request) => {
    const tag = findTag(state, request.params);
    request.keyNames = [tag.slug];
    assertTag(membershipOf(state, request, tag.projectId), "delete");
    state.tags = state.tags.filter((entry) => entry !== tag);
    for (const secret of state.secrets) secret.tagIds = secret.tagIds.filter((id) => id !== tag.id);
    store.save();
    return { tag: tagView(tag) };
  });
}

function findTag(state: InfisicalState, params: TagParams["Params"]): Tag {
  const tag = state.tags.find((entry) => entry.id === params.tagId && entry.projectId === params.projectId);
  if (tag === undefined) throw notFound(`Tag with ID '${params.tagId}' not found`);
  return tag;
}

function assertFree(state: InfisicalState, projectId: string, wanted: string): void {
  if (state.tags.some((tag) => tag.projectId === projectId && tag.slug === wanted)) {
    throw badRequest("Tag already exist");
  }
}

function tagView(tag: Tag): Record<string, unknown> {
  return { ...tag, createdByActorType: tag.createdBy === null ? "user" : "identity" };
}

/** The name in a body that may yet be refused. */
function slugNames(body: unknown): string[] {
  const name = (body as { slug?: unknown } | undefined)?.slug;
  return typeof name === "string" ? [name] : [];
}
