import { markAllRead, markRead, notifications } from "../../engine/notify/notifications.ts";
import { getProject } from "../../store/project.ts";
import { type Route, route } from "../route.ts";
import {
  notificationListSchema,
  notificationParams,
  notificationQuery,
  readAllBody,
  readSchema,
} from "../schema/notification.ts";

export const notificationRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/api/v1/notifications",
    operationId: "listNotifications",
    summary: "List what was neither read nor is over, newest first",
    query: notificationQuery,
    answer: notificationListSchema,
    handle: ({ engine }, { query }) => {
      const { project: projectId, all: withAll = false } = query;
      if (projectId !== undefined) getProject(engine.store, projectId);
      return { notifications: notifications(engine, { projectId, withAll }) };
    },
  }),
  route({
    method: "POST",
    path: "/api/v1/notifications/read",
    operationId: "readAllNotifications",
    summary: "Mark all notifications as read, or all of one project",
    body: readAllBody,
    answer: readSchema,
    handle: ({ engine }, { body: { projectId } }) => {
      if (projectId !== undefined) getProject(engine.store, projectId);
      return { read: markAllRead(engine, projectId) };
    },
  }),
  route({
    method: "POST",
    path: "/api/v1/notifications/{id}/read",
    operationId: "readNotification",
    summary: "Mark a notification as read",
    params: notificationParams,
    answer: readSchema,
    handle: ({ engine }, { params }) => ({ read: markRead(engine, [params.id]) }),
  }),
];
