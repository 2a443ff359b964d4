-- Questions to POST /authorize for wrk. Arguments: the caller's token, the subject's token, method, target.
-- `%d` in the target becomes a number that was not asked about before.
local headers, fixed, before, after
local asked = math.random(0, 999) * 100000000

function init(args)
  local question = string.format('{"request":{"method":"%s","target":"%s"},"token":"%s"}', args[3], args[4], args[2])
  headers = { ["Authorization"] = "Bearer " .. args[1], ["Content-Type"] = "application/json" }
  before, after = question:match("^(.*)%%d(.*)$")
  fixed = wrk.format("POST", "/authorize", headers, question)
end

function request()
  if before == nil then
    return fixed
  end
  asked = asked + 1
  return wrk.format("POST", "/authorize", headers, before .. asked .. after)
end

local odd = 0
function response(status, _, body)
  if status ~= 200 or not body:find('"decision":true', 1, true) then
    wrk.thread:stop()
  end
end
