import { type PermissionGroup, type PermissionScope } from "./records";

const account = "com.cloudflare.api.account";
const zone = "com.cloudflare.api.account.zone";
const user = "com.cloudflare.api.user";

/**
 * The ids are public constants, the same in every account; Cloudflare has some 390 groups, these are the ones
 * that tokens here can need. https://developers.cloudflare.com/fundamentals/api/reference/permissions/
 */
export const permissionGroups: PermissionGroup[] = [
  ...scoped(user, {
    "API Tokens Read": "0cc3a61731504c89b99ec1be78b77aa0",
    "API Tokens Write": "686d18d5ac6c441c867cbf6771e58a0a",
    "Memberships Read": "3518d0f75557482e952c6762d3e64903",
    "Memberships Write": "9201bc6f42d440968aaab0c6f17ebb1d",
    "User Details Read": "8acbe5bb0d54464ab867149d7f7cf8ac",
    "User Details Write": "55a5e17cc99e4a3fa1f3432d262f2e55",
  }),
  ...scoped(zone, {
    "DNS Write": "4755a26eedb94da69e1066d98aa820be",
    "DNS Read": "82e64a83756745bbbb1c9c2701bf816b",
    "Zone Read": "c8fed203ed3043cba015a93ad1616f1f",
    "Zone Write": "e6d2666161e84845a636613608cee8d5",
    "Zone Settings Read": "517b21aee92c4d89936c976ba6e4be55",
    "Zone Settings Write": "3030687196b94b638145a3953da2b699",
    "Zone DNS Settings Read": "0a6cfe8cd3ed445e918579e2fb13087b",
    "Zone DNS Settings Write": "c4df38be41c247b3b4b7702e76eadae0",
    "Zone WAF Read": "dbc512b354774852af2b5a5f4ba3d470",
    "Zone WAF Write": "fb6778dc191143babbfaa57993f1d275",
    "Firewall Services Read": "4ec32dfcb35641c5bb32d5ef1ab963b4",
    "Firewall Services Write": "43137f8d07884d3198dc0ee77ca6e79b",
    "Access: Apps and Policies Read": "eb258a38ea634c86a0c89da6b27cb6b6",
    "Access: Apps and Policies Write": "959972745952452f8be2452be8cbb9f2",
    "Workers Routes Read": "2072033d694d415a936eaeb94e6405b8",
    "Workers Routes Write": "28f4b596e7d643029c524985477ae49a",
    "Cache Purge": "e17beae8b8cb423a99b1730f21238bed",
    "SSL and Certificates Read": "7b7216b327b04b8fbc8f524e1f9b7531",
    "SSL and Certificates Write": "c03055bc037c4ea9afb9a9f104b7b721",
    "Logs Read": "c4a30cd58c5d42619c86a3c36c441e2d",
    "Email Routing Rules Write": "79b3ec0d10ce4148a8f8bdc0cc5f97f2",
  }),
  ...scoped(account, {
    "Account WAF Read": "56b2af4817c84ad99187911dc3986c23",
    "Account WAF Write": "cde8c82463b6414ca06e46b9633f52a6",
    "Pages Read": "e247aedd66bd41cc9193af0213416666",
    "Pages Write": "8d28297797f24fb8a0c332fe0866ec89",
    "Access: Apps and Policies Read": "7ea222f6d5064cfa89ea366d7c1fee89",
    "Access: Apps and Policies Write": "1e13c5124ca64b72b1969a67e8829049",
    "Access: Service Tokens Read": "91f7ce32fa614d73b7e1fc8f0e78582b",
    "Access: Service Tokens Write": "a1c0fec57cf94af79479a6d827fa518c",
    "Access: Organizations, Identity Providers, and Groups Read": "26bc23f853634eb4bff59983b9064fde",
    "Access: Organizations, Identity Providers, and Groups Write": "bfe0d8686a584fa680f4c53b5eb0de6d",
    "Billing Read": "7cf72faf220841aabcfdfab81c43c4f6",
    "Billing Write": "6c80e02421494afc9ae14414ed442632",
    "Workers Scripts Read": "1a71c399035b4950a1bd1466bbe4f420",
    "Workers Scripts Write": "e086da7e2179491d91ee5f35b3ca210a",
    "Workers KV Storage Read": "8b47d2786a534c08a1f94ee8f9f599ef",
    "Workers KV Storage Write": "f7f0eda5697f475c90846e879bab8666",
    "Workers R2 Storage Read": "b4992e1108244f5d8bfbd5744320c2e1",
    "Workers R2 Storage Write": "bf7481a1826f439697cb59a20b22293e",
    "Account Settings Read": "c1fde68c7bcc44588cbb6ddbc16d6480",
    "Account Settings Write": "1af1fa2adc104452b74a9a3364202f20",
    "Account API Tokens Read": "eb56a6953c034b9d97dd838155666f06",
    "Account API Tokens Write": "5bc3f8b21c554832afc660159ab75fa4",
    "Cloudflare Tunnel Read": "efea2ab8357b47888938f101ae5e053f",
    "Cloudflare Tunnel Write": "c07321b023e944ff818fec44d8203567",
    "Logs Read": "6a315a56f18441e59ed03352369ae956",
  }),
];

function scoped(scope: PermissionScope, ids: Record<string, string>): PermissionGroup[] {
  return Object.entries(ids).map(([name, id]) => ({ id, name, scopes: [scope] }));
}
