"""A session of the official client: each tool is called, with and without mistakes; what came of it is written as JSON."""

import json
import sys

import anyio
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


def member(of, *names):
    """A member that later clients spell otherwise."""
    return next(getattr(of, name) for name in names if hasattr(of, name))


async def called(session, name, arguments):
    try:
        result = await session.call_tool(name, arguments)
    except Exception as error:  # The client has a type of its own for what a server refuses.
        return {"refused": str(error)}
    return {
        "is_error": member(result, "is_error", "isError"),
        "text": result.content[0].text,
        "structured": member(result, "structured_content", "structuredContent"),
    }


async def main():
    program, estate = sys.argv[1:]
    server = StdioServerParameters(command=program, args=["-C", estate, "mcp"])
    said = {"calls": []}
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        started = await session.initialize()
        said["version"] = member(started, "protocol_version", "protocolVersion")
        listed = await session.list_tools()
        said["tools"] = [tool.name for tool in listed.tools]
        for name, arguments in json.load(sys.stdin):
            said["calls"].append(await called(session, name, arguments))
        await session.send_ping()
    json.dump(said, sys.stdout)


anyio.run(main)
