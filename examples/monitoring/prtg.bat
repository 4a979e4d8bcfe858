@echo off
rem XPhone federation as a sensor of PRTG: to "Custom Sensors\EXEXML" on the probe. Then add a sensor
rem "EXE/Script Advanced" that runs it, with the domain as its parameter (or: --targets C:\...\list.txt)
rem and a scanning interval of an hour. Its timeout has to be longer than the 20 s that a domain may take.
rem
rem The check looks from where the probe stands: outside of the network that the XPhone server is in.

if "%XFED%"=="" set "XFED=%ProgramFiles%\xfed\xfed.exe"
"%XFED%" check %* --quiet --format prtg
set "code=%errorlevel%"
rem 0, 1 and 3: the limits of the channels say what was found, the sensor itself has worked.
if "%code%"=="0" exit /b 0
if "%code%"=="1" exit /b 0
if "%code%"=="3" exit /b 0
rem No check was made. xfed says why on stderr, which PRTG does not show.
echo {"prtg":{"error":1,"text":"xfed ended with %code% - run it by hand to see why"}}
exit /b 0
